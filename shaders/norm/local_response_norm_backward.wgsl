// dx = dy / d^beta - 2 alpha beta / size * x * sum of dy y / d over the channels whose window holds c: c - (size - 1) /
// 2 … c + size / 2. All (N, C, P). A thread makes a few channels of one place.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> d: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<uniform> lrn: Lrn;

const BEFORE = (SIZE - 1) / 2;

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
  let factor = 2 * lrn.alpha * lrn.beta / f32(SIZE);
  var window: array<f32, SIZE>; // window[w] is dy y / d of channel c - BEFORE + w
  let end = min(a.c + CHUNK, C);
  for (var newest = a.c; newest < end + SIZE - 1; newest++) { // counted from -BEFORE: c runs SIZE - 1 behind it
    for (var w = 0u; w + 1 < SIZE; w++) {
      window[w] = window[w + 1];
    }
    window[SIZE - 1] = 0;
    if (newest >= BEFORE && newest - BEFORE < C) {
      let at = base + (newest - BEFORE) * P;
      window[SIZE - 1] = dy[at] * y[at] / d[at];
    }
    if (newest < a.c + SIZE - 1) {
      continue;
    }
    var sum = 0.0;
    for (var w = 0u; w < SIZE; w++) {
      sum += window[w];
    }
    let i = base + (newest - (SIZE - 1)) * P;
    dx[i] = dy[i] / to_beta(d[i]) - factor * x[i] * sum;
  }
}
