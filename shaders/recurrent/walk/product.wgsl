// w_hh h_prev in a workgroup. A thread adds up the gates of one unit (recurrent/walk/gates4.wgsl and its like), for all
// samples, over a part of k: it reads a vec4 of w_hh for each, which lie beside those of the threads next to it, and
// uses each for all samples; and a vec4 of h for, of four gates, 16 multiply-adds, one byte of workgroup memory each.
// Parts are added up by whoever makes the cell.
const CHUNK = 4u; // vec4s of k that are on their way at a time
const TURNS = (H4 + PARTS * CHUNK - 1) / (PARTS * CHUNK);
const KEPT = 0u; // vec4s of k of which a thread keeps its part of w_hh from step to step: a multiple of CHUNK
var<private> kept: array<GateFours, KEPT + 1>;
var<workgroup> fresh: array<f32, ROWS * H>; // h as the cells leave it
var<workgroup> state: array<vec4f, ROWS * H4>; // the same in fours
var<workgroup> partial: array<G, ROWS * H * PARTS>; // of each cell the parts of its gates

// Where a part of a cell's sums lies. Parts are exchanged so that neighbouring threads never meet in a bank: neither
// those that write parts of few cells, nor those that read one part of many.
fn slot(cell: u32, part: u32) -> u32 {
  return cell * PARTS + (part ^ (cell * PARTS / BANKED % PARTS));
}

// Between barriers: a thread may not write one number of a vec4 while another writes its neighbour.
fn take_over(thread: u32) {
  for (var i = thread; i < ROWS * H4; i += THREADS) {
    state[i] = vec4f(fresh[4 * i], fresh[4 * i + 1], fresh[4 * i + 2], fresh[4 * i + 3]);
  }
}

fn keep(w_at: u32, thread: u32) {
  if (thread / PARTS < H) {
    let row = gate_rows(w_at + thread / PARTS * H4 + thread % PARTS);
    for (var i = 0u; i < KEPT; i++) {
      kept[i] = gate_fours(row, i * PARTS);
    }
  }
}

fn add_product(w_at: u32, thread: u32) {
  let part = thread % PARTS;
  for (var j = thread / PARTS; j < H; j += LANES) {
    var sum = array<G, ROWS>();
    for (var i = 0u; i < KEPT; i++) {
      for (var r = 0u; r < ROWS; r++) {
        sum[r] = add_fours(sum[r], kept[i], state[r * H4 + i * PARTS + part]);
      }
    }
    let row = gate_rows(w_at + j * H4 + part);
    for (var turn = KEPT / CHUNK; turn < TURNS; turn++) {
      for (var i = 0u; i < CHUNK; i++) {
        let k = (turn * CHUNK + i) * PARTS;
        if (TURNS * CHUNK * PARTS == H4 || k + part < H4) {
          let fours = gate_fours(row, k);
          for (var r = 0u; r < ROWS; r++) {
            sum[r] = add_fours(sum[r], fours, state[r * H4 + k + part]);
          }
        }
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      partial[slot(r * H + j, part)] = sum[r];
    }
  }
}
