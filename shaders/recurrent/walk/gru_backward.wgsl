// The gradients of all steps of a GRU layer, in one or two directions, in one launch on a GPU: each step as in
// recurrent/gru_step_backward_naive.wgsl.
// gates (T, N, 3H), q and before (T, N, H) of each direction; dy (T + 1, N, D H): the gradients of all h, then those of
// the last h (D, N, H). d_x and d_h (T, N, 3H) take those of w_ih x + b_ih and of w_hh h + b_hh, with HAS_STATE d_first
// (D, N, H) those of the h before the first step.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> q: array<f32>;
@group(0) @binding(3) var<storage, read> before: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_x: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_h: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_first: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

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
  let group = (p.direction * N + p.first) * H; // of these samples in states (D, N, H)
  var direct = array<f32, CELLS>(); // what comes to h from the step after, not through its gates
  keep(p.direction * params.w_stride, thread);
  for (var back = 0u; back < params.steps; back++) {
    let time = time_of(params.steps - 1 - back, p.direction);
    let state_at = p.direction * params.state_stride + (time * N + p.first) * H;
    var made = array<vec4f, CELLS>(); // r z n q, asked for before the product, needed after it
    var h_before = array<f32, CELLS>();
    var dh = array<f32, CELLS>();
    for (var i = 0u; i < CELLS; i++) {
      let own = thread + i * THREADS;
      if (own < p.rows * H) {
        let sample = time * N + p.first + own / H;
        let at = p.direction * params.gates_stride + sample * 3 * H + own % H;
        made[i] = vec4f(gates[at], gates[at + H], gates[at + 2 * H], q[state_at + own]);
        h_before[i] = before[state_at + own];
        dh[i] = direct[i] + dy[sample * row + p.direction * H + own % H];
        if (back == 0) {
          dh[i] += dy[params.steps * N * row + group + own];
        }
      }
    }
    if (back > 0) {
      workgroupBarrier();
      add_product(p.direction * params.w_stride, thread);
      workgroupBarrier();
    }
    for (var i = 0u; i < CELLS; i++) {
      let own = thread + i * THREADS;
      if (own < p.rows * H) {
        var dh_all = dh[i];
        if (back > 0) {
          dh_all += sum_of_parts(own);
        }
        let d = cell_backward(dh_all, made[i].x, made[i].y, made[i].z, made[i].w, h_before[i]);
        let at = p.direction * params.gates_stride + (time * N + p.first + own / H) * 3 * H + own % H;
        d_x[at] = d.dr;
        d_x[at + H] = d.dz;
        d_x[at + 2 * H] = d.dn;
        d_h[at] = d.dr;
        d_h[at + H] = d.dz;
        d_h[at + 2 * H] = d.dq;
        d_gates[own] = G(d.dr, d.dz, d.dq);
        direct[i] = d.dh_prev;
      }
    }
  }
  if (HAS_STATE) {
    workgroupBarrier();
    add_product(p.direction * params.w_stride, thread);
    workgroupBarrier();
    for (var i = 0u; i < CELLS; i++) {
      let own = thread + i * THREADS;
      if (own < p.rows * H) {
        d_first[group + own] = direct[i] + sum_of_parts(own);
      }
    }
  }
}
