// w_hhᵀ d in a workgroup, for d the gradients of the step after: lane s of the result is what comes back to a thread's
// unit of its sample s. A thread reads one vec4 and one number of shared memory for 4 products.
var<workgroup> tile_w: array<f32, TILE_K * PITCH>; // by row of w_hh, then by unit

fn product_backward(first_sample: u32, first_unit: u32, thread: u32) -> vec4f {
  let H = params.H;
  let unit = thread % UNITS;
  let quad = thread / UNITS;
  var sum = vec4f();
  for (var first = 0u; first < params.depth; first += TILE_K) {
    fill_v(first_sample, first, params.depth, thread);
    for (var i = thread; i < TILE_K * UNITS; i += THREADS) {
      let k = first + i / UNITS;
      let j = first_unit + i % UNITS;
      var v = 0.0;
      if (k < params.depth && j < H) {
        v = w[k * H + j];
      }
      tile_w[i / UNITS * PITCH + i % UNITS] = v;
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE_K; k++) {
      sum += tile_v[k * (ROWS / 4) + quad] * tile_w[k * PITCH + unit];
    }
    workgroupBarrier();
  }
  return sum;
}
