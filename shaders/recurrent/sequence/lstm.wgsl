enable subgroups;
// All steps of an LSTM layer, in one or two directions, in one launch: each step as in recurrent/lstm_step_naive.wgsl.
// gates (T, N, 4H), h and c (T + 1, N, H) of each direction, in the order of its steps. With INPUT_TILES, w is
// (4H, H + I), w_hh and w_ih side by side, then the bias (4H), and x (T, N, I) of each direction goes into the same
// sums; without, gates hold what x contributes, and x is not read.
alias V = vec4f;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> gates: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> h: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(4) var<storage, read> x: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

const GATES = 4u;

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
  let I4 = params.dy_row;
  let w_at = p.direction * params.w_stride;
  let states = p.direction * params.state_stride + p.first * H4;
  start(states, p.rows, lane);
  for (var step = 0u; step < params.steps; step++) {
    if (INPUT_TILES > 0) {
      let x_at = p.direction * params.sums_stride + (step * N + p.first) * I4;
      for (var j = lane; j < I4; j += S) {
        for (var r = 0u; r < p.rows; r++) {
          state[(TILES + j / S) * ROWS + r] = x[x_at + r * I4 + j];
        }
      }
    }
    for (var first = 0u; first < H4; first += 2 * S) {
      add_product(w_at, H4 + I4, first, lane);
      for (var j = first + lane; j < min(first + 2 * S, H4); j += S) {
        var from_x = array<vec4f, 4>();
        if (INPUT_TILES > 0) {
          let bias = w_at + 16 * H4 * (H4 + I4) + j;
          from_x = array(w[bias], w[bias + H4], w[bias + 2 * H4], w[bias + 3 * H4]);
        }
        for (var r = 0u; r < p.rows; r++) {
          let at = p.direction * params.gates_stride + (step * N + p.first + r) * 4 * H4 + j;
          let previous = states + (step * N + r) * H4 + j;
          let s = (j - first) / S * ROWS + r;
          if (INPUT_TILES == 0) {
            from_x = array(gates[at], gates[at + H4], gates[at + 2 * H4], gates[at + 3 * H4]);
          }
          let made = cell(products[s] + from_x[0], products[s + 2 * ROWS] + from_x[1],
              products[s + 4 * ROWS] + from_x[2], products[s + 6 * ROWS] + from_x[3], c[previous]);
          gates[at] = made.i;
          gates[at + H4] = made.f;
          gates[at + 2 * H4] = made.g;
          gates[at + 3 * H4] = made.o;
          c[previous + N * H4] = made.c;
          h[previous + N * H4] = made.h;
          fresh[j / S * ROWS + r] = made.h;
        }
      }
    }
    take_over();
  }
}
