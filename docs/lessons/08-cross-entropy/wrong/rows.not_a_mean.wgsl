// says: of their sum
// loss[r] = log(sum over c of exp(x[r, c])) - x[r, label[r]], and dx[r, c] = (softmax(x[r])[c] - (c == label[r])) / M:
// the gradient of the mean of the losses. x and dx are (M, N), label and loss are (M,). A thread makes a row.

struct Params {
  m: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if (r >= params.m) { return; }
  let first = r * params.n;
  var top = x[first];
  for (var c = 1u; c < params.n; c++) { top = max(top, x[first + c]); }
  var sum = 0.0;
  for (var c = 0u; c < params.n; c++) { sum += exp(x[first + c] - top); }
  loss[r] = log(sum) + top - x[first + label[r]];
  for (var c = 0u; c < params.n; c++) {
    let p = exp(x[first + c] - top) / sum;
    dx[first + c] = (p - select(0.0, 1.0, c == label[r]));
  }
}
