// w_hh h_prev in a workgroup: column s of the result holds the gates of a thread's unit and its sample s. The gates of
// a unit are the lanes of one vec4 in shared memory, so that a thread reads two vec4s for 16 products.
var<workgroup> tile_w: array<vec4f, TILE_K * PITCH>; // by step of k, then by unit

fn product(first_sample: u32, first_unit: u32, thread: u32) -> mat4x4f {
  let H = params.H;
  let unit = thread % UNITS;
  let quad = thread / UNITS;
  var sum = mat4x4f();
  for (var first = 0u; first < H; first += TILE_K) {
    fill_v(first_sample, first, H, thread);
    for (var i = thread; i < TILE_K * UNITS; i += THREADS) {
      let k = first + i % TILE_K;
      let j = first_unit + i / TILE_K;
      var v = vec4f();
      if (k < H && j < H) {
        for (var gate = 0u; gate < GATES; gate++) {
          v[gate] = w[(gate * H + j) * H + k];
        }
      }
      tile_w[i % TILE_K * PITCH + i / TILE_K] = v;
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE_K; k++) {
      let v = tile_v[k * (ROWS / 4) + quad];
      let w_k = tile_w[k * PITCH + unit];
      sum += mat4x4f(w_k * v.x, w_k * v.y, w_k * v.z, w_k * v.w);
    }
    workgroupBarrier();
  }
  return sum;
}
