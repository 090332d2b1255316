// The gradients of all steps of an LSTM layer, in one or two directions, in one launch on a GPU: each step as in
// recurrent/lstm_step_backward_naive.wgsl.
// dgates and gates (T, N, 4H) and c (T, N, H) of each direction; dy (T + 2, N, D H): the gradients of all h, then those
// of the last h and c (D, N, H). With HAS_STATE, d_first (2, D, N, H) takes those of the h and c before the first step.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read> c_first: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgates: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_first: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

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
  let c_at = p.direction * params.state_stride + p.first * H;
  var dc = array<f32, CELLS>();
  var c_after = array<f32, CELLS>();
  for (var i = 0u; i < CELLS; i++) {
    let own = thread + i * THREADS;
    if (own < p.rows * H) {
      dc[i] = dy[(params.steps + 1) * N * row + group + own];
      c_after[i] = c[c_at + time_of(params.steps - 1, p.direction) * N * H + own];
    }
  }
  keep(p.direction * params.w_stride, thread);
  for (var back = 0u; back < params.steps; back++) {
    let step = params.steps - 1 - back;
    let time = time_of(step, p.direction);
    var made = array<vec4f, CELLS>(); // i f g o, asked for before the product, needed after it
    var c_before = array<f32, CELLS>();
    var dh = array<f32, CELLS>();
    for (var i = 0u; i < CELLS; i++) {
      let own = thread + i * THREADS;
      if (own < p.rows * H) {
        let sample = time * N + p.first + own / H;
        let at = p.direction * params.gates_stride + sample * 4 * H + own % H;
        made[i] = vec4f(gates[at], gates[at + H], gates[at + 2 * H], gates[at + 3 * H]);
        if (step > 0) {
          c_before[i] = c[c_at + time_of(step - 1, p.direction) * N * H + own];
        } else if (HAS_STATE) {
          c_before[i] = c_first[group + own];
        }
        dh[i] = dy[sample * row + p.direction * H + own % H];
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
        let d = cell_backward(dh_all, dc[i], made[i].x, made[i].y, made[i].z, made[i].w, c_before[i], c_after[i]);
        let at = p.direction * params.gates_stride + (time * N + p.first + own / H) * 4 * H + own % H;
        dgates[at] = d.di;
        dgates[at + H] = d.df;
        dgates[at + 2 * H] = d.dg;
        dgates[at + 3 * H] = d.do_;
        d_gates[own] = vec4f(d.di, d.df, d.dg, d.do_);
        dc[i] = d.dc_prev;
        c_after[i] = c_before[i];
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
        d_first[params.directions * N * H + group + own] = dc[i];
      }
    }
  }
}
