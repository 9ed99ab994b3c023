// Of so many numbers the mean and the sum of the squared deviations from it. Chan, Golub and LeVeque, "Updating formulae and a
// pairwise algorithm for computing sample variances", 1979. The kernel has Element, f32 or vec4f.

struct Moments {
  count: f32,
  mean: Element,
  squares: Element,
}

fn merged(a: Moments, b: Moments) -> Moments {
  let count = a.count + b.count;
  let share = b.count / max(count, 1.0);
  let apart = b.mean - a.mean;
  return Moments(count, a.mean + apart * share, a.squares + b.squares + apart * apart * (a.count * share));
}
