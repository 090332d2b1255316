// d = k + alpha / size * sum of x[n, c', p]^2 over the size channels c - size / 2 … c + (size - 1) / 2 that exist;  y =
// x / d^beta. x, d and y (N, C, P); d is kept for the gradient. A thread makes a few channels of one place.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> d: array<f32>;
@group(0) @binding(3) var<uniform> lrn: Lrn;

const BEFORE = SIZE / 2;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let a = column_of(linear_workgroup(workgroup, grid) * 64 + lane);
  if (a.n >= lrn.N) {
    return;
  }
  let base = a.n * C * P + a.p;
  var window: array<f32, SIZE>; // window[w] is x of channel c - BEFORE + w
  let end = min(a.c + CHUNK, C);
  for (var newest = a.c; newest < end + SIZE - 1; newest++) { // counted from -BEFORE: c runs SIZE - 1 behind it
    for (var w = 0u; w + 1 < SIZE; w++) {
      window[w] = window[w + 1];
    }
    window[SIZE - 1] = 0;
    if (newest >= BEFORE && newest - BEFORE < C) {
      window[SIZE - 1] = x[base + (newest - BEFORE) * P];
    }
    if (newest < a.c + SIZE - 1) {
      continue;
    }
    var sum = 0.0;
    for (var w = 0u; w < SIZE; w++) {
      sum += window[w] * window[w];
    }
    let i = base + (newest - (SIZE - 1)) * P;
    let divisor = lrn.k + lrn.alpha / f32(SIZE) * sum;
    d[i] = divisor;
    y[i] = window[BEFORE] / to_beta(divisor);
  }
}
