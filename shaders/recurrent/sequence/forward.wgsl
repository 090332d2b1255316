// The state of a layer over a sequence, and w_hh h_prev. Two tiles of units at a time share what is read of h_prev; the
// loop over gates stays one, so that its body fits the instruction cache of a CPU.
const INPUT_TILES = 0u; // of 4 S features of x, for layers whose w holds w_ih beside w_hh
var<private> state: array<vec4f, (TILES + INPUT_TILES) * ROWS>; // h_prev, then x: of each tile, of each sample
var<private> fresh: array<vec4f, TILES * ROWS>; // the h that becomes the state when all tiles are made
var<private> products: array<vec4f, 2 * GATES * ROWS>; // of each gate and each of two tiles, of each sample

// Sums of the tiles that start at vec4s `first` and `first + S` of the units. Rows of w are `pitch` vec4s long.
fn add_product(w_at: u32, pitch: u32, first: u32, lane: u32) {
  let H4 = params.H / 4;
  let j = first + lane;
  for (var gate = 0u; gate < GATES; gate++) {
    var a = Rows(); // assigned: without, some compilers keep the last round's
    var b = Rows();
    let row = w_at + (gate * params.H + 4 * j) * pitch;
    for (var tile = 0u; tile * S < pitch; tile++) {
      var v = Rows();
      for (var r = 0u; r < ROWS; r++) {
        v[r] = state[tile * ROWS + r];
      }
      let lanes = min(S, pitch - tile * S);
      for (var l = 0u; l < lanes; l++) {
        let k = tile * S + l;
        let w_a = load_w(row + k, pitch, j < H4);
        for (var r = 0u; r < ROWS; r++) {
          a[r] += subgroupShuffle(v[r], l) * w_a;
        }
        if (TILES > 1) {
          let w_b = load_w(row + 4 * S * pitch + k, pitch, j + S < H4);
          for (var r = 0u; r < ROWS; r++) {
            b[r] += subgroupShuffle(v[r], l) * w_b;
          }
        }
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      products[2 * gate * ROWS + r] = a[r];
      products[(2 * gate + 1) * ROWS + r] = b[r];
    }
  }
}

// The state before the first step, from where this direction's and these samples' part of h begins.
fn start(states: u32, rows: u32, lane: u32) {
  let H4 = params.H / 4;
  for (var j = lane; j < H4; j += S) {
    for (var r = 0u; r < rows; r++) {
      state[j / S * ROWS + r] = h[states + r * H4 + j];
    }
  }
}

// Ends a step.
fn take_over() {
  for (var i = 0u; i < TILES * ROWS; i++) {
    state[i] = fresh[i];
  }
}
