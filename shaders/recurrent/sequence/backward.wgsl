// w_hhᵀ d over a sequence, d being the gradients of the step after. As in recurrent/sequence/forward.wgsl, two tiles
// of units at a time.
var<private> d: array<vec4f, GATES * TILES * ROWS>; // of each gate, of each tile, of each sample
var<private> products: array<vec4f, (TILES + 1) * ROWS>; // what comes back to each tile, of each sample

fn product_back(w_at: u32, lane: u32) {
  let H4 = params.H / 4;
  for (var first = 0u; first < H4; first += 2 * S) {
    var a = Rows(); // assigned: without, some compilers keep the last round's
    var b = Rows();
    let j = first + lane;
    for (var gate = 0u; gate < GATES; gate++) {
      for (var tile = 0u; tile * S < H4; tile++) {
        var v = Rows();
        for (var r = 0u; r < ROWS; r++) {
          v[r] = d[(gate * TILES + tile) * ROWS + r];
        }
        let lanes = min(S, H4 - tile * S);
        for (var l = 0u; l < lanes; l++) {
          let at = w_at + (gate * params.H + 4 * (tile * S + l)) * H4 + j;
          let w_a = load_w(at, H4, j < H4);
          for (var r = 0u; r < ROWS; r++) {
            a[r] += w_a * subgroupShuffle(v[r], l);
          }
          if (TILES > 1) {
            let w_b = load_w(at + S, H4, j + S < H4);
            for (var r = 0u; r < ROWS; r++) {
              b[r] += w_b * subgroupShuffle(v[r], l);
            }
          }
        }
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      products[first / S * ROWS + r] = a[r];
      products[(first / S + 1) * ROWS + r] = b[r];
    }
  }
}
