enable subgroups;
// All steps of a GRU layer, in one or two directions, in one launch: each step as in recurrent/gru_step_naive.wgsl.
// sums (T, N, 3H), gates (T, N, 4H), h (T + 1, N, H) of each direction, in the order of its steps.
alias V = vec4f;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read> sums: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gates: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> h: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

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
  let states = p.direction * params.state_stride + p.first * H4;
  start(states, p.rows, lane);
  for (var step = 0u; step < params.steps; step++) {
    for (var first = 0u; first < H4; first += 2 * S) {
      add_product(p.direction * params.w_stride, H4, first, lane);
      for (var j = first + lane; j < min(first + 2 * S, H4); j += S) {
        let b = p.direction * params.bias_stride + j;
        for (var r = 0u; r < p.rows; r++) {
          let sample = step * N + p.first + r;
          let from_x = p.direction * params.sums_stride + sample * 3 * H4 + j;
          let s = (j - first) / S * ROWS + r;
          let q = products[s + 4 * ROWS] + bias[b + 2 * H4];
          let made = cell(sums[from_x] + (products[s] + bias[b]), sums[from_x + H4] + (products[s + 2 * ROWS]
              + bias[b + H4]), sums[from_x + 2 * H4], q, state[j / S * ROWS + r]);
          let at = p.direction * params.gates_stride + sample * 4 * H4 + j;
          gates[at] = made.r;
          gates[at + H4] = made.z;
          gates[at + 2 * H4] = made.n;
          gates[at + 3 * H4] = q;
          h[states + ((step + 1) * N + r) * H4 + j] = made.h;
          fresh[j / S * ROWS + r] = made.h;
        }
      }
    }
    take_over();
  }
}
