// The gradients of all steps of a plain recurrent layer, in one or two directions, in one launch on a GPU: each step as
// in recurrent/rnn_step_backward.wgsl.
// h (T, N, H) of each direction, after each step; dy (T + 1, N, D H): the gradients of all h, then those of the last h
// (D, N, H). d (T, N, H) takes those of w_ih x + b_ih and of w_hh h + b_hh alike, with HAS_STATE d_first (D, N, H)
// those of the h before the first step.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> h: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> d: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_first: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

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
  let group = (p.direction * N + p.first) * H; // of these samples in states (D, N, H)
  keep(p.direction * params.w_stride, thread);
  for (var back = 0u; back < params.steps; back++) {
    let time = time_of(params.steps - 1 - back, p.direction);
    let state_at = p.direction * params.state_stride + (time * N + p.first) * H;
    var after = array<f32, CELLS>(); // h, asked for before the product, needed after it
    var dh = array<f32, CELLS>();
    for (var i = 0u; i < CELLS; i++) {
      let own = thread + i * THREADS;
      if (own < p.rows * H) {
        after[i] = h[state_at + own];
        dh[i] = dy[(time * N + p.first + own / H) * row + p.direction * H + own % H];
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
        var own_d = dh[i];
        if (back > 0) {
          own_d += sum_of_parts(own);
        }
        if (RELU) {
          own_d = where_passed(after[i], own_d);
        } else {
          own_d *= 1 - after[i] * after[i];
        }
        d[state_at + own] = own_d;
        d_gates[own] = own_d;
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
        d_first[group + own] = sum_of_parts(own);
      }
    }
  }
}
