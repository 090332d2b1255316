enable subgroups;
// The gradients of all steps of an LSTM layer, in one or two directions, in one launch: each step as in
// recurrent/lstm_step_backward_naive.wgsl.
// dgates and gates (T, N, 4H), c (T + 1, N, H) and dc (N, H) of each direction, in the order of its steps; dy (T, N,
// D H) in the order of time, and behind it the gradients of the last h (D, N, H).
alias V = vec4f;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dgates: array<vec4f>;
@group(0) @binding(2) var<storage, read> gates: array<vec4f>;
@group(0) @binding(3) var<storage, read> c: array<vec4f>;
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dc: array<vec4f>;
@group(0) @binding(6) var<uniform> params: Params;

const GATES = 4u;
var<private> dc_after: array<vec4f, TILES * ROWS>;

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
        let previous = p.direction * params.state_stride + (step * N + n) * H4 + j;
        let carried = p.direction * N * H4 + n * H4 + j;
        let to = j / S * ROWS + r;
        if (back == 1) {
          products[to] = dy[params.steps * N * params.dy_row + carried];
          dc_after[to] = dc[carried];
        }
        let dh = products[to] + dy[(time * N + n) * params.dy_row + p.direction * H4 + j];
        let made = cell_backward(dh, dc_after[to], gates[at], gates[at + H4], gates[at + 2 * H4], gates[at + 3 * H4],
            c[previous], c[previous + N * H4]);
        dgates[at] = made.di;
        dgates[at + H4] = made.df;
        dgates[at + 2 * H4] = made.dg;
        dgates[at + 3 * H4] = made.do_;
        dc_after[to] = made.dc_prev;
        if (step == 0) {
          dc[carried] = made.dc_prev;
        }
        d[to] = made.di;
        d[to + TILES * ROWS] = made.df;
        d[to + 2 * TILES * ROWS] = made.dg;
        d[to + 3 * TILES * ROWS] = made.do_;
      }
    }
  }
}
