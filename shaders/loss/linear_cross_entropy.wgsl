// Softmax and negative log likelihood of logits z that come in windows of classes, z (rows, width) being the classes
// start … start + width of C. What is known of a row after the windows so far, brought up to date by each:
//   state = (top = max of z[c], sum of exp(z[c] - top), picked = z[label], below = sum of top - z[c]),  best = the
//     first c with z[c] = top
//   loss = (1 - s) * (log(sum) + (top - picked)) + s * (log(sum) + below / C)
//   s: label smoothing
// The loss is right after the last window; a label that is not a class gives NaN. A workgroup makes a row.
struct Params {
  rows: u32,
  width: u32,
  start: u32,
  C: u32,
  smoothing: f32,
}
@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read_write> state: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> best: array<u32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const LOWEST = -0x1.fffffep+127f; // of no classes

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let n = linear_workgroup(workgroup, grid);
  let width = select(0u, params.width, n < params.rows); // barriers below must be reached by all
  let base = n * params.width;
  var mine = LOWEST;
  var mine_at = 0u;
  for (var c = lane; c < width; c += THREADS) {
    let v = z[base + c];
    if (v > mine) {
      mine = v;
      mine_at = c;
    }
  }
  let window_top = row_max(mine, lane);
  // The first of equals, as a float: whole numbers are exact up to 2^24.
  let window_best = -row_max(select(-f32(params.width), -f32(mine_at), mine == window_top), lane);

  var before = vec4f(LOWEST, 0, 0, 0);
  if (params.start > 0 && n < params.rows) {
    before = state[n];
  }
  let top = max(before.x, window_top);
  var sum = 0.0;
  var below = 0.0;
  for (var c = lane; c < width; c += THREADS) {
    let v = z[base + c];
    sum += exp_of(v - top);
    below += top - v;
  }
  sum = row_sum(sum, lane);
  below = row_sum(below, lane);
  if (lane > 0 || n >= params.rows) {
    return;
  }

  if (params.start > 0) {
    sum += before.y * exp_of(before.x - top);
    below += before.w + f32(params.start) * (top - before.x);
  }
  let t = label[n];
  var picked = before.z;
  if (t >= params.start && t < params.start + params.width) {
    picked = z[base + t - params.start];
  }
  state[n] = vec4f(top, sum, picked, below);
  if (window_top > before.x || params.start == 0) {
    best[n] = params.start + u32(window_best);
  }
  // top - picked before adding the logarithm: with logits in the hundreds, their sum would lose its digits
  var total = log_of(sum) + (top - picked);
  if (params.smoothing > 0) {
    total = (1 - params.smoothing) * total + params.smoothing * (log_of(sum) + below / f32(params.C));
  }
  loss[n] = select(not_a_number(n), total, t < params.C);
}
