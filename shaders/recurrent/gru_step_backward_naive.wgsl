// The gradient of one step of a GRU layer, the obvious version: a thread makes one hidden unit of one sample.
//   dh = dy + dh_direct + w_hhᵀ dh_sums of the step after (depth 3H; none at the last step, depth 0)
//   dx_sums and dh_sums of this step, and its dh_direct in place of the one after's, from dh and the cell
//     (recurrent/gru_cell.wgsl)
// dx_sums (N, 3H): gradients of w_ih x + b_ih; dh_sums (2, N, 3H): of w_hh h_prev + b_hh, this step, then the one
// after; gates (N, 4H): r z n q; h_prev, dy and dh_direct (N, H).
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx_sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> dh_sums: array<f32>;
@group(0) @binding(3) var<storage, read> gates: array<f32>;
@group(0) @binding(4) var<storage, read> h_prev: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dh_direct: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

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
  let sample = unit / H;
  let j = unit % H;
  let after = params.sums_at + (params.N + sample) * 3 * H;
  var dh = dy[params.dy_at + unit] + dh_direct[unit];
  for (var k = 0u; k < params.depth; k++) {
    dh += w[k * H + j] * dh_sums[after + k];
  }
  let at = params.gates_at + sample * 4 * H + j;
  let d = cell_backward(dh, gates[at], gates[at + H], gates[at + 2 * H], gates[at + 3 * H], h_prev[params.state_at
      + unit]);
  let to = params.sums_at + sample * 3 * H + j;
  dx_sums[to] = d.dr;
  dx_sums[to + H] = d.dz;
  dx_sums[to + 2 * H] = d.dn;
  dh_sums[to] = d.dr;
  dh_sums[to + H] = d.dz;
  dh_sums[to + 2 * H] = d.dq;
  dh_direct[unit] = d.dh_prev;
}
