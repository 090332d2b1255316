// w_hhᵀ d in a workgroup, for d the gradients of the step after. A thread adds up four neighbouring units, for all
// samples, over a part of the rows of w_hh: it reads a vec4 of each gate's row of a unit, beside those of the threads
// next to it, and uses each for all samples; and the d of that unit, its gates beside each other: of four gates, a vec4
// for 16 multiply-adds.
const CHUNK = 4u; // units whose rows are on their way at a time
const DEPTH = (H + PARTS - 1) / PARTS; // units of a part
const TURNS = (DEPTH + CHUNK - 1) / CHUNK;
const KEPT = 0u; // units of which a thread keeps its part of w_hh from step to step: a multiple of CHUNK
var<private> kept: array<GateFours, KEPT + 1>;
var<workgroup> d_gates: array<G, ROWS * H>; // of each cell
var<workgroup> partial: array<vec4f, ROWS * PARTS * H4>; // of each sample and part four units

fn keep(w_at: u32, thread: u32) {
  let row = gate_rows(w_at + thread / LANES * DEPTH * H4 + thread % LANES);
  for (var i = 0u; i < KEPT; i++) {
    kept[i] = gate_fours(row, i * H4);
  }
}

fn add_product(w_at: u32, thread: u32) {
  let part = thread / LANES % PARTS;
  for (var lane = thread % LANES; lane < H4; lane += LANES) {
    var sum = array<vec4f, ROWS>();
    for (var i = 0u; i < KEPT; i++) {
      for (var r = 0u; r < ROWS; r++) {
        sum[r] = add_gates(sum[r], kept[i], d_gates[r * H + part * DEPTH + i]);
      }
    }
    let row = gate_rows(w_at + part * DEPTH * H4 + lane);
    for (var turn = KEPT / CHUNK; turn < TURNS; turn++) {
      for (var i = 0u; i < CHUNK; i++) {
        let k = turn * CHUNK + i;
        if (TURNS * CHUNK * PARTS == H || (k < DEPTH && part * DEPTH + k < H)) {
          let fours = gate_fours(row, k * H4);
          for (var r = 0u; r < ROWS; r++) {
            sum[r] = add_gates(sum[r], fours, d_gates[r * H + part * DEPTH + k]);
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
