/** The microphone: one short sound at a time. */
import type { Heard } from "./protocol.ts";

/** Seconds that are listened to. */
export const listened = 1.2;

/** Listens, then gives the loudest part, a second at most. Throws where the microphone is not there or not allowed. */
export async function record(): Promise<Heard> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } });
  try {
    const recorder = new MediaRecorder(stream);
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const ended = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    await new Promise((resolve) => setTimeout(resolve, 1000 * listened));
    recorder.stop();
    await ended;
    const context = new AudioContext();
    const sound = await context.decodeAudioData(await new Blob(parts).arrayBuffer());
    await context.close();
    return trimmed({ samples: sound.getChannelData(0), rate: sound.sampleRate });
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** Without the silence before and behind: a sound begins and ends where it has a tenth of its greatest strength. */
export function trimmed({ samples, rate }: Heard): Heard {
  const window = Math.round(rate / 50);
  const strengths = Array.from({ length: Math.floor(samples.length / window) }, (_, i) => {
    let sum = 0;
    for (let at = i * window; at < (i + 1) * window; at++) sum += (samples[at] as number) ** 2;
    return Math.sqrt(sum / window);
  });
  const bound = Math.max(...strengths) / 10;
  const first = strengths.findIndex((strength) => strength > bound);
  const last = strengths.findLastIndex((strength) => strength > bound);
  return { samples: samples.slice(Math.max(0, first - 1) * window, (last + 2) * window), rate };
}
