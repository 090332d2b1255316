// w_hhᵀ d in a workgroup, for d the gradients of the step after. A thread adds up four neighbouring units, for all
// samples, over a part of the rows of w_hh: it reads a vec4 of each of the four gates' rows of a unit, beside those of
// the threads next to it, and uses each for all samples; and a vec4 of d, the gates of that unit, for 16 multiply-adds.
const CHUNK = 4u; // units whose rows are on their way at a time
const DEPTH = (H + PARTS - 1) / PARTS; // units of a part
var<workgroup> d_gates: array<vec4f, ROWS * H>; // i f g o of each cell
var<workgroup> partial: array<vec4f, ROWS * PARTS * H4>; // of each sample and part four units

fn add_product(w_at: u32, thread: u32) {
  let part = thread / LANES;
  let end = min(H, (part + 1) * DEPTH);
  for (var lane = thread % LANES; lane < H4; lane += LANES) {
    var sum = array<vec4f, ROWS>();
    for (var first = part * DEPTH; first < end; first += CHUNK) {
      for (var i = 0u; i < CHUNK; i++) {
        let unit = first + i;
        if ((DEPTH % CHUNK == 0 && H % PARTS == 0) || unit < end) {
          let row = w_at + unit * H4 + lane;
          let w_i = w[row];
          let w_f = w[row + H * H4];
          let w_g = w[row + 2 * H * H4];
          let w_o = w[row + 3 * H * H4];
          for (var r = 0u; r < ROWS; r++) {
            let d = d_gates[r * H + unit];
            sum[r] += w_i * d.x;
            sum[r] += w_f * d.y;
            sum[r] += w_g * d.z;
            sum[r] += w_o * d.w;
          }
        }
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      partial[(r * PARTS + part) * H4 + lane] = sum[r];
    }
  }
}

// What comes back to a cell.
fn sum_of_parts(cell: u32) -> f32 {
  let j = cell % H;
  var sum = 0.0;
  for (var part = 0u; part < PARTS; part++) {
    sum += partial[(cell / H * PARTS + part) * H4 + j / 4][j % 4];
  }
  return sum;
}
