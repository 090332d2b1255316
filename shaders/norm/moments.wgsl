// Mean and variance in one pass, without the cancellation of E[x^2] - E[x]^2.
// Numbers are taken in blocks of b, measured from the block's own first number (the pivot): with d = x - pivot,
//   mean = pivot + sum d / b,   m2 = sum (x - mean)^2 = sum d^2 - (sum d)^2 / b.
// One d is 0, so (sum d)^2 <= (b - 1) sum d^2 and m2 >= sum d^2 / b: the subtraction loses at most a factor b, however
// far the numbers are from 0. Blocks, threads and workgroups are merged by Chan, Golub and LeVeque's formula (1979).
struct Moments {
  n: f32, // numbers
  mean: Total,
  m2: Total, // sum of (x - mean)^2
}

const BLOCK = 16u;

// The moments of each component of V apart.
struct LaneMoments {
  n: f32,
  mean: V,
  m2: V,
}

// With a block of b more: s1 and s2 are the sums of d and d^2.
fn with_block(a: LaneMoments, b: f32, pivot: V, s1: V, s2: V) -> LaneMoments {
  let n = a.n + b;
  let delta = pivot + s1 / b - a.mean;
  let m2 = rectified(s2 - s1 * s1 / b);
  return LaneMoments(n, a.mean + delta * (b / n), a.m2 + m2 + delta * delta * (a.n * b / n));
}

fn all_lanes(a: LaneMoments) -> Moments {
  let mean = total(a.mean) / LANES;
  let off = a.mean - V(mean);
  return Moments(a.n * LANES, mean, total(a.m2) + a.n * total(off * off));
}

// Either may be empty.
fn merged(a: Moments, b: Moments) -> Moments {
  let n = a.n + b.n;
  let share = b.n / max(n, 1.0);
  let delta = b.mean - a.mean;
  return Moments(n, a.mean + delta * share, a.m2 + b.m2 + delta * delta * a.n * share);
}
