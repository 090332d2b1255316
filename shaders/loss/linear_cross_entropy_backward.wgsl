// In place: logits z (rows, width), the classes start … start + width of C, become the gradient of the losses whose
// state loss/linear_cross_entropy.wgsl left, for dy (rows):
//   z[c] = (exp(z[c] - top) / sum - q[c]) * dy[n],  q[c] = s / C, and 1 - s more at the label
// A workgroup makes a row.
struct Params {
  rows: u32,
  width: u32,
  start: u32,
  C: u32,
  smoothing: f32,
}
@group(0) @binding(0) var<storage, read_write> z: array<f32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read> state: array<vec4f>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const THREADS = 64u;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let n = linear_workgroup(workgroup, grid);
  if (n >= params.rows) {
    return;
  }
  let top = state[n].x;
  let scale = dy[n] / state[n].y;
  let each = dy[n] * params.smoothing / f32(params.C);
  let at_label = dy[n] * (1 - params.smoothing);
  let base = n * params.width;
  for (var c = lane; c < params.width; c += THREADS) {
    let q = each + select(0.0, at_label, params.start + c == label[n]);
    z[base + c] = exp_of(z[base + c] - top) * scale - q;
  }
}
