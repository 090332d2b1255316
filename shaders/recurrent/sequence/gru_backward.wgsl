enable subgroups;
// The gradients of all steps of a GRU layer, in one or two directions, in one launch: each step as in
// recurrent/gru_step_backward_naive.wgsl.
// dx_sums and dh_sums (T, N, 3H), gates (T, N, 4H), h (T + 1, N, H) and dh_direct (N, H) of each direction, in the
// order of its steps; dy (T, N, D H) in the order of time, and behind it the gradients of the last h (D, N, H).
alias V = vec4f;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dx_sums: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dh_sums: array<vec4f>;
@group(0) @binding(3) var<storage, read> gates: array<vec4f>;
@group(0) @binding(4) var<storage, read> h: array<vec4f>;
@group(0) @binding(5) var<storage, read> dy: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dh_direct: array<vec4f>;
@group(0) @binding(7) var<uniform> params: Params;

const GATES = 3u;

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let p = place(linear_workgroup(workgroup, grid));
  if (p.rows == 0) {
    return;
  }
  let N = params.N;
  let H4 = params.H / 4;
  for (var back = 1u; back <= params.steps; back++) {
    let step = params.steps - back;
    let time = select(step, back - 1, p.direction == 1);
    if (back > 1) {
      product_back(p.direction * params.w_stride, lane);
    }
    for (var j = lane; j < H4; j += S) {
      for (var r = 0u; r < p.rows; r++) {
        let n = p.first + r;
        let at = p.direction * params.gates_stride + (step * N + n) * 4 * H4 + j;
        let carried = p.direction * N * H4 + n * H4 + j;
        let to = j / S * ROWS + r;
        if (back == 1) {
          products[to] = dy[params.steps * N * params.dy_row + carried];
        }
        let dh = products[to] + dy[(time * N + n) * params.dy_row + p.direction * H4 + j] + dh_direct[carried];
        let made = cell_backward(dh, gates[at], gates[at + H4], gates[at + 2 * H4], gates[at + 3 * H4],
            h[p.direction * params.state_stride + (step * N + n) * H4 + j]);
        let from_x = p.direction * params.sums_stride + (step * N + n) * 3 * H4 + j;
        dx_sums[from_x] = made.dr;
        dx_sums[from_x + H4] = made.dz;
        dx_sums[from_x + 2 * H4] = made.dn;
        dh_sums[from_x] = made.dr;
        dh_sums[from_x + H4] = made.dz;
        dh_sums[from_x + 2 * H4] = made.dq;
        dh_direct[carried] = made.dh_prev;
        d[to] = made.dr;
        d[to + TILES * ROWS] = made.dz;
        d[to + 2 * TILES * ROWS] = made.dq;
      }
    }
  }
}
