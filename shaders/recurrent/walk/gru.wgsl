// All steps of a GRU layer, in one or two directions, in one launch on a GPU: each step as in
// recurrent/gru_step_naive.wgsl.
// gates (T, N, 3H) of each direction hold what x contributes, and become r z n; before and q (T, N, H) take the h
// before each step and w_hn h + b_hn; out (T + 1, N, D H) the h of all steps, then the last h (D, N, H).
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> h_first: array<f32>;
@group(0) @binding(3) var<storage, read_write> gates: array<f32>;
@group(0) @binding(4) var<storage, read_write> before: array<f32>;
@group(0) @binding(5) var<storage, read_write> q: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

override HAS_BIAS: bool = false;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let p = place(linear_workgroup(workgroup, grid));
  if (p.direction >= params.directions) {
    return;
  }
  let N = params.N;
  let row = params.directions * H;
  let last = params.steps * N * row + (p.direction * N + p.first) * H;
  var from_bias = array<G, CELLS>();
  for (var i = 0u; i < CELLS; i++) {
    let own = thread + i * THREADS;
    if (own < ROWS * H) {
      let j = own % H;
      var h = 0.0;
      if (HAS_STATE && own < p.rows * H) {
        h = h_first[(p.direction * N + p.first) * H + own];
      }
      fresh[own] = h;
      if (HAS_BIAS) {
        let at = p.direction * params.bias_stride + j;
        from_bias[i] = G(bias[at], bias[at + H], bias[at + 2 * H]);
      }
    }
  }
  keep(p.direction * params.w_stride, thread);
  for (var step = 0u; step < params.steps; step++) {
    let sample = time_of(step, p.direction) * N + p.first;
    var from_x = array<G, CELLS>(); // asked for before the product, needed after it
    for (var i = 0u; i < CELLS; i++) {
      let own = thread + i * THREADS;
      if (own < p.rows * H) {
        let at = p.direction * params.gates_stride + (sample + own / H) * 3 * H + own % H;
        from_x[i] = G(gates[at], gates[at + H], gates[at + 2 * H]);
      }
    }
    workgroupBarrier();
    take_over(thread);
    workgroupBarrier();
    add_product(p.direction * params.w_stride, thread);
    workgroupBarrier();
    for (var i = 0u; i < CELLS; i++) {
      let own = thread + i * THREADS;
      if (own < p.rows * H) {
        var sums = from_bias[i];
        for (var part = 0u; part < PARTS; part++) {
          sums += partial[slot(own, part)];
        }
        let made = cell(from_x[i].x + sums.x, from_x[i].y + sums.y, from_x[i].z, sums.z, fresh[own]);
        let at = p.direction * params.gates_stride + (sample + own / H) * 3 * H + own % H;
        let unit = p.direction * params.state_stride + sample * H + own;
        gates[at] = made.r;
        gates[at + H] = made.z;
        gates[at + 2 * H] = made.n;
        before[unit] = fresh[own];
        q[unit] = sums.z;
        out[(sample + own / H) * row + p.direction * H + own % H] = made.h;
        fresh[own] = made.h;
      }
    }
  }
  for (var i = 0u; i < CELLS; i++) {
    let own = thread + i * THREADS;
    if (own < p.rows * H) {
      out[last + own] = fresh[own];
    }
  }
}
