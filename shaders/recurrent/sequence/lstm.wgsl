enable subgroups;
// All steps of an LSTM layer, in one or two directions, in one launch: each step as in recurrent/lstm_step_naive.wgsl.
// gates (T, N, 4H), h and c (T + 1, N, H) of each direction, in the order of its steps.
alias V = vec4f;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> gates: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> h: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;

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
  let states = p.direction * params.state_stride + p.first * H4;
  start(states, p.rows, lane);
  for (var step = 0u; step < params.steps; step++) {
    for (var first = 0u; first < H4; first += 2 * S) {
      add_product(p.direction * params.w_stride, first, lane);
      for (var j = first + lane; j < min(first + 2 * S, H4); j += S) {
        for (var r = 0u; r < p.rows; r++) {
          let at = p.direction * params.gates_stride + (step * N + p.first + r) * 4 * H4 + j;
          let previous = states + (step * N + r) * H4 + j;
          let s = (j - first) / S * ROWS + r;
          let made = cell(products[s] + gates[at], products[s + 2 * ROWS] + gates[at + H4],
              products[s + 4 * ROWS] + gates[at + 2 * H4], products[s + 6 * ROWS] + gates[at + 3 * H4], c[previous]);
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
