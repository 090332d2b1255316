// One step of a plain recurrent layer, the obvious version: a thread makes one hidden unit of one sample.
//   h = tanh(sums + w_hh h_prev + b_hh), or max(…, 0) where RELU      sums comes in as w_ih x + b_ih
// sums (N, H), w_hh (H, H), b_hh (H), h (2, N, H): the previous state, then the new one. H of any size.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> h: array<f32>;
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
  let row = params.state_at + unit - j;
  var s = bias[j];
  for (var k = 0u; k < H; k++) {
    s += w[j * H + k] * h[row + k];
  }
  s += sums[params.sums_at + unit];
  if (RELU) {
    s = rectified(s);
  } else {
    s = bounded_tanh(s);
  }
  h[row + j + params.N * H] = s;
}
