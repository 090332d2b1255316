// All steps of an LSTM layer, in one or two directions, in one launch on a GPU: each step as in
// recurrent/lstm_step_naive.wgsl.
// gates (T, N, 4H) of each direction hold what x contributes, and become i f g o; before and c (T, N, H) take the h
// before each step and the c after it; out (T + 2, N, D H) the h of all steps, then the last h and c (D, N, H).
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> h_first: array<f32>;
@group(0) @binding(3) var<storage, read> c_first: array<f32>;
@group(0) @binding(4) var<storage, read_write> gates: array<f32>;
@group(0) @binding(5) var<storage, read_write> before: array<f32>;
@group(0) @binding(6) var<storage, read_write> c: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

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
  var c_now = array<f32, CELLS>();
  var from_bias = array<vec4f, CELLS>();
  for (var i = 0u; i < CELLS; i++) {
    let own = thread + i * THREADS;
    if (own < ROWS * H) {
      let j = own % H;
      var h = 0.0;
      if (HAS_STATE && own < p.rows * H) {
        h = h_first[(p.direction * N + p.first) * H + own];
        c_now[i] = c_first[(p.direction * N + p.first) * H + own];
      }
      fresh[own] = h;
      if (HAS_BIAS) {
        let at = p.direction * params.bias_stride + j;
        from_bias[i] = vec4f(bias[at], bias[at + H], bias[at + 2 * H], bias[at + 3 * H]);
      }
    }
  }
  keep(p.direction * params.w_stride, thread);
  for (var step = 0u; step < params.steps; step++) {
    let sample = time_of(step, p.direction) * N + p.first;
    var from_x = array<vec4f, CELLS>(); // asked for before the product, needed after it
    for (var i = 0u; i < CELLS; i++) {
      let own = thread + i * THREADS;
      if (own < p.rows * H) {
        let at = p.direction * params.gates_stride + (sample + own / H) * 4 * H + own % H;
        from_x[i] = vec4f(gates[at], gates[at + H], gates[at + 2 * H], gates[at + 3 * H]);
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
        var z = from_x[i] + from_bias[i];
        for (var part = 0u; part < PARTS; part++) {
          z += partial[slot(own, part)];
        }
        let made = cell(z.x, z.y, z.z, z.w, c_now[i]);
        let at = p.direction * params.gates_stride + (sample + own / H) * 4 * H + own % H;
        let unit = p.direction * params.state_stride + sample * H + own;
        gates[at] = made.i;
        gates[at + H] = made.f;
        gates[at + 2 * H] = made.g;
        gates[at + 3 * H] = made.o;
        before[unit] = fresh[own];
        c[unit] = made.c;
        out[(sample + own / H) * row + p.direction * H + own % H] = made.h;
        fresh[own] = made.h;
        c_now[i] = made.c;
      }
    }
  }
  for (var i = 0u; i < CELLS; i++) {
    let own = thread + i * THREADS;
    if (own < p.rows * H) {
      out[last + own] = fresh[own];
      out[last + N * row + own] = c_now[i];
    }
  }
}
