// parts[s] = a[:, K of s] b[K of s, :]: a is (M, K), b is (K, N), parts is (S, M, N), and c is the sum of the parts.
// The idea: where c is small and K is large there are too few elements of c to keep a device busy, so K is shared out,
// too. A thread makes one element of one part: workgroups count through all elements of part 0, then of part 1, ...

struct Params {
  m: u32,
  k: u32,
  n: u32,
  splits: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let size = params.m * params.n; // of a part
  let i = id.x;
  if (i >= size * params.splits) { return; }
  let split = i / size;
  let row = i % size / params.n;
  let column = i % params.n;
  let share = (params.k + params.splits - 1) / params.splits;
  let end = min((split + 1) * share, params.k); // the last share may be shorter
  var sum = 0.0;
  for (var k = split * share; k < end; k++) { sum += a[row * params.k + k] * b[k * params.n + column]; }
  parts[i] = sum;
}
