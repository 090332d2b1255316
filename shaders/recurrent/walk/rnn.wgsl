// All steps of a plain recurrent layer, in one or two directions, in one launch on a GPU: each step as in
// recurrent/rnn_step.wgsl.
// sums (T, N, H) of each direction hold what x contributes, and become the h after each step; before (T, N, H) takes
// the h before it; out (T + 1, N, D H) the h of all steps, then the last h (D, N, H).
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> h_first: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<storage, read_write> before: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

override HAS_BIAS: bool = false;
override RELU: bool = false;

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
        from_bias[i] = bias[p.direction * params.bias_stride + j];
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
        from_x[i] = sums[p.direction * params.state_stride + sample * H + own];
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
        var s = from_bias[i];
        for (var part = 0u; part < PARTS; part++) {
          s += partial[slot(own, part)];
        }
        s += from_x[i];
        if (RELU) {
          s = rectified(s);
        } else {
          s = bounded_tanh(s);
        }
        let unit = p.direction * params.state_stride + sample * H + own;
        sums[unit] = s;
        before[unit] = fresh[own];
        out[(sample + own / H) * row + p.direction * H + own % H] = s;
        fresh[own] = s;
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
