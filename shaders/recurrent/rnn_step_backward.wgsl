// The gradient of one step of a plain recurrent layer, the obvious version: a thread makes one hidden unit of one
// sample.
//   dh = dy + w_hhᵀ d of the step after (depth H; none at the last step, depth 0)
//   d = dh * (1 - h²), or dh where h is not 0 (RELU): the gradient of w_ih x + b_ih and of w_hh h_prev + b_hh alike
// d (2, N, H): this step, then the one after; h, the state after this step, and dy (N, H).
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> d: array<f32>;
@group(0) @binding(2) var<storage, read> h: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

override RELU: bool = false;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let H = params.H;
  let unit = linear_workgroup(workgroup, grid) * 64 + lane;
  if (unit >= params.N * H) {
    return;
  }
  let j = unit % H;
  let after = params.sums_at + params.N * H + unit - j;
  var dh = dy[params.dy_at + unit];
  for (var k = 0u; k < params.depth; k++) {
    dh += w[k * H + j] * d[after + k];
  }
  let state = h[params.state_at + unit];
  if (RELU) {
    dh = where_passed(state, dh);
  } else {
    dh *= 1 - state * state;
  }
  d[params.sums_at + unit] = dh;
}
