// w_hh h_prev in a workgroup. A thread adds up four gates of one unit, for all samples, over a part of k: it reads four
// vec4s of w_hh, which lie beside those of the threads next to it, and uses each for all samples; and a vec4 of h for 16
// multiply-adds, one byte of workgroup memory each. Parts are added up by whoever makes the cell.
const CHUNK = 4u; // vec4s of k that are on their way at a time
var<workgroup> state: array<f32, ROWS * H>; // h_prev
var<workgroup> partial: array<vec4f, ROWS * H * PARTS>; // of each cell the parts of its gates

// Where a part of a cell's sums lies. Parts are exchanged so that neighbouring threads never meet in a bank: neither
// those that write parts of few cells, nor those that read one part of many.
fn slot(cell: u32, part: u32) -> u32 {
  return cell * PARTS + (part ^ (cell * PARTS / 8 % PARTS));
}

fn add_product(w_at: u32, thread: u32) {
  let part = thread % PARTS;
  for (var j = thread / PARTS; j < H; j += LANES) {
    var sum = array<vec4f, ROWS>();
    let row = w_at + j * H4;
    for (var first = part; first < H4; first += PARTS * CHUNK) {
      for (var i = 0u; i < CHUNK; i++) {
        let k = first + i * PARTS;
        if (H4 % (PARTS * CHUNK) == 0 || k < H4) {
          let a = w[row + k];
          let b = w[row + k + H * H4];
          let c = w[row + k + 2 * H * H4];
          let d = w[row + k + 3 * H * H4];
          for (var r = 0u; r < ROWS; r++) {
            let at = r * H + 4 * k;
            let h_k = vec4f(state[at], state[at + 1], state[at + 2], state[at + 3]);
            sum[r] += vec4f(a.x, b.x, c.x, d.x) * h_k.x;
            sum[r] += vec4f(a.y, b.y, c.y, d.y) * h_k.y;
            sum[r] += vec4f(a.z, b.z, c.z, d.z) * h_k.z;
            sum[r] += vec4f(a.w, b.w, c.w, d.w) * h_k.w;
          }
        }
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      partial[slot(r * H + j, part)] = sum[r];
    }
  }
}
