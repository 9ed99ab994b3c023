"""PyTorch's times of the same work: reads [{name, work}] as JSON from stdin, writes milliseconds by name and way to stdout.

Ways: float32 without and with TensorFloat-32, and bfloat16. Layers are nn.LSTM and nn.GRU, which cuDNN computes; attention is
scaled_dot_product_attention. A training step of a layer is the mean squared error, gradients of all weights and plain gradient
descent; of attention the gradients of q, k and v. Medians over rounds, each as many steps as take 50 ms, between CUDA events.
"""
import json
import statistics
import sys

try:
    import torch
except ImportError:
    sys.exit("no PyTorch in this python3: times beside it are left out")
if not torch.cuda.is_available():
    sys.exit("PyTorch finds no CUDA device: times beside it are left out")

ROUNDS = 15
ENOUGH_MS = 50
WAYS = {"float32": (torch.float32, False), "tf32": (torch.float32, True), "bfloat16": (torch.bfloat16, True)}


def layer_of(cell, inputs, hidden, layers, dtype):
    kind = {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU, "RNN": torch.nn.RNN}[cell]
    return kind(inputs, hidden, num_layers=layers, batch_first=True).to("cuda", dtype)


def forward(work, dtype):
    layer = layer_of(work["cell"], work["hidden"], work["hidden"], work["layers"], dtype).eval()
    x = torch.randn(work["batch"], work["time"], work["hidden"], device="cuda", dtype=dtype)

    def step():
        with torch.no_grad():
            layer(x)

    return step


def training(work, dtype):
    parts = work["parts"]
    layer = layer_of(parts[0]["type"], parts[0]["input"], parts[0]["hidden"], len(parts), dtype).train()
    x = torch.randn(work["batch"], work["time"], parts[0]["input"], device="cuda", dtype=dtype)
    y = torch.randn(work["batch"], work["time"], parts[0]["hidden"], device="cuda", dtype=dtype)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.mse_loss(layer(x)[0], y).backward()
        optimizer.step()

    return step


def attention(work, dtype):
    shape = (work["batch"], work["heads"], work["length"], work["dim"])
    trains = work["pass"] == "training"
    q, k, v = (torch.randn(shape, device="cuda", dtype=dtype, requires_grad=trains) for _ in range(3))
    g = torch.randn(shape, device="cuda", dtype=dtype)
    attend = torch.nn.functional.scaled_dot_product_attention

    def step():
        if not trains:
            with torch.no_grad():
                return attend(q, k, v, is_causal=work["causal"])
        return torch.autograd.grad(attend(q, k, v, is_causal=work["causal"]), (q, k, v), g)

    return step


def matmul(work, dtype):
    a = torch.randn(work["m"], work["k"], device="cuda", dtype=dtype)
    b = torch.randn(work["k"], work["n"], device="cuda", dtype=dtype)
    return lambda: torch.matmul(a, b)


KINDS = {"forward": forward, "training": training, "attention": attention, "matmul": matmul}


def milliseconds(step, count):
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(count):
        step()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / count


def measure(step):
    for _ in range(3):
        step()
    torch.cuda.synchronize()
    count = max(1, int(ENOUGH_MS / max(milliseconds(step, 3), 1e-3)))
    return statistics.median(milliseconds(step, count) for _ in range(ROUNDS))


def main():
    result = {}
    for each in json.load(sys.stdin):
        kind = KINDS.get(each["work"]["kind"])
        if kind is None:
            continue
        result[each["name"]] = {}
        for way, (dtype, tf32) in WAYS.items():
            torch.backends.cuda.matmul.allow_tf32 = tf32
            torch.backends.cudnn.allow_tf32 = tf32
            try:
                result[each["name"]][way] = measure(kind(each["work"], dtype))
            except RuntimeError as error:
                print(f"{each['name']}, {way}: {error}", file=sys.stderr)
            torch.cuda.empty_cache()
    version = f"{torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
    json.dump({"version": version, "device": torch.cuda.get_device_name(), "ms": result}, sys.stdout)


main()
