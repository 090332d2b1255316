// w_hhᵀ d in a workgroup, for d the gradients of the step after. A thread adds up four neighbouring units, for all
// samples, over a part of the rows of w_hh: it reads a vec4 of each of the four gates' rows of a unit, beside those of
// the threads next to it, and uses each for all samples; and a vec4 of d, the gates of that unit, for 16 multiply-adds.
const CHUNK = 4u; // units whose rows are on their way at a time
const DEPTH = (H + PARTS - 1) / PARTS; // units of a part
const TURNS = (DEPTH + CHUNK - 1) / CHUNK;
const KEPT = 0u; // units of which a thread keeps its part of w_hh from step to step: a multiple of CHUNK
var<private> kept: array<vec4f, 4 * KEPT + 4>;
var<workgroup> d_gates: array<vec4f, ROWS * H>; // i f g o of each cell
var<workgroup> partial: array<vec4f, ROWS * PARTS * H4>; // of each sample and part four units

// One unit of d: its four gates' rows of w_hh.
fn add_gates(before: vec4f, w_i: vec4f, w_f: vec4f, w_g: vec4f, w_o: vec4f, d: vec4f) -> vec4f {
  var sum = before;
  sum += w_i * d.x;
  sum += w_f * d.y;
  sum += w_g * d.z;
  sum += w_o * d.w;
  return sum;
}

fn keep(w_at: u32, thread: u32) {
  for (var i = 0u; i < KEPT; i++) {
    for (var gate = 0u; gate < 4; gate++) {
      kept[4 * i + gate] = w[w_at + gate * params.w_gate + (thread / LANES * DEPTH + i) * H4 + thread % LANES];
    }
  }
}

fn add_product(w_at: u32, thread: u32) {
  let part = thread / LANES % PARTS;
  for (var lane = thread % LANES; lane < H4; lane += LANES) {
    var sum = array<vec4f, ROWS>();
    for (var i = 0u; i < KEPT; i++) {
      for (var r = 0u; r < ROWS; r++) {
        sum[r] = add_gates(sum[r], kept[4 * i], kept[4 * i + 1], kept[4 * i + 2], kept[4 * i + 3],
            d_gates[r * H + part * DEPTH + i]);
      }
    }
    let row_i = w_at + part * DEPTH * H4 + lane;
    let row_f = row_i + params.w_gate; // not a constant: four addresses, and what is constant is added in the load
    let row_g = row_f + params.w_gate;
    let row_o = row_g + params.w_gate;
    for (var turn = KEPT / CHUNK; turn < TURNS; turn++) {
      for (var i = 0u; i < CHUNK; i++) {
        let k = turn * CHUNK + i;
        if (TURNS * CHUNK * PARTS == H || (k < DEPTH && part * DEPTH + k < H)) {
          let w_i = w[row_i + k * H4];
          let w_f = w[row_f + k * H4];
          let w_g = w[row_g + k * H4];
          let w_o = w[row_o + k * H4];
          for (var r = 0u; r < ROWS; r++) {
            sum[r] = add_gates(sum[r], w_i, w_f, w_g, w_o, d_gates[r * H + part * DEPTH + k]);
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
