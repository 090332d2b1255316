// The tile of a recurrent step's workgroup member: ROWS samples x UNITS units, a thread four neighbouring samples of
// one unit.
const ROWS = 16u; // a multiple of 4
const UNITS = 16u;
const TILE_K = 16u;
const THREADS = ROWS / 4 * UNITS;
const PITCH = UNITS + 1; // threads that write below each other would otherwise meet in one bank
var<workgroup> tile_v: array<vec4f, TILE_K * (ROWS / 4)>; // by step of k, then by four samples, which are its lanes

// Brings steps k .. k + TILE_K of the vectors of samples first .. first + ROWS to shared memory, zero outside.
fn fill_v(first: u32, k: u32, depth: u32, thread: u32) {
  for (var i = thread; i < TILE_K * (ROWS / 4); i += THREADS) {
    let step = i % TILE_K; // neighbouring threads along k, as memory runs
    let quad = i / TILE_K;
    var v = vec4f();
    for (var s = 0u; s < 4; s++) {
      if (k + step < depth && first + 4 * quad + s < params.N) {
        v[s] = load_v(first + 4 * quad + s, k + step);
      }
    }
    tile_v[step * (ROWS / 4) + quad] = v;
  }
}
