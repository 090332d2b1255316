// w_hh h_prev in a workgroup. A thread adds up four gates of one unit, for all samples, over a part of k: it reads four
// vec4s of w_hh, which lie beside those of the threads next to it, and uses each for all samples; and a vec4 of h for
// 16 multiply-adds, one byte of workgroup memory each. Parts are added up by whoever makes the cell.
const CHUNK = 4u; // vec4s of k that are on their way at a time
const TURNS = (H4 + PARTS * CHUNK - 1) / (PARTS * CHUNK);
const KEPT = 0u; // vec4s of k of which a thread keeps its part of w_hh from step to step: a multiple of CHUNK
var<private> kept: array<vec4f, 4 * KEPT + 4>;
var<workgroup> fresh: array<f32, ROWS * H>; // h as the cells leave it
var<workgroup> state: array<vec4f, ROWS * H4>; // the same in fours
var<workgroup> partial: array<vec4f, ROWS * H * PARTS>; // of each cell the parts of its gates

// Where a part of a cell's sums lies. Parts are exchanged so that neighbouring threads never meet in a bank: neither
// those that write parts of few cells, nor those that read one part of many.
fn slot(cell: u32, part: u32) -> u32 {
  return cell * PARTS + (part ^ (cell * PARTS / 8 % PARTS));
}

// Between barriers: a thread may not write one number of a vec4 while another writes its neighbour.
fn take_over(thread: u32) {
  for (var i = thread; i < ROWS * H4; i += THREADS) {
    state[i] = vec4f(fresh[4 * i], fresh[4 * i + 1], fresh[4 * i + 2], fresh[4 * i + 3]);
  }
}

// Four steps of k for the gates of one unit: a vec4 of w_hh of each gate, and h.
fn add_fours(before: vec4f, w_i: vec4f, w_f: vec4f, w_g: vec4f, w_o: vec4f, h: vec4f) -> vec4f {
  var sum = before;
  sum += vec4f(w_i.x, w_f.x, w_g.x, w_o.x) * h.x;
  sum += vec4f(w_i.y, w_f.y, w_g.y, w_o.y) * h.y;
  sum += vec4f(w_i.z, w_f.z, w_g.z, w_o.z) * h.z;
  sum += vec4f(w_i.w, w_f.w, w_g.w, w_o.w) * h.w;
  return sum;
}

fn keep(w_at: u32, thread: u32) {
  if (thread / PARTS < H) {
    for (var i = 0u; i < KEPT; i++) {
      for (var gate = 0u; gate < 4; gate++) {
        kept[4 * i + gate] = w[w_at + gate * params.w_gate + thread / PARTS * H4 + thread % PARTS + i * PARTS];
      }
    }
  }
}

fn add_product(w_at: u32, thread: u32) {
  let part = thread % PARTS;
  for (var j = thread / PARTS; j < H; j += LANES) {
    var sum = array<vec4f, ROWS>();
    for (var i = 0u; i < KEPT; i++) {
      for (var r = 0u; r < ROWS; r++) {
        sum[r] = add_fours(sum[r], kept[4 * i], kept[4 * i + 1], kept[4 * i + 2], kept[4 * i + 3],
            state[r * H4 + i * PARTS + part]);
      }
    }
    let row_i = w_at + j * H4 + part;
    let row_f = row_i + params.w_gate; // not a constant: four addresses, and what is constant is added in the load
    let row_g = row_f + params.w_gate;
    let row_o = row_g + params.w_gate;
    for (var turn = KEPT / CHUNK; turn < TURNS; turn++) {
      for (var i = 0u; i < CHUNK; i++) {
        let k = (turn * CHUNK + i) * PARTS;
        if (TURNS * CHUNK * PARTS == H4 || k + part < H4) {
          let w_i = w[row_i + k];
          let w_f = w[row_f + k];
          let w_g = w[row_g + k];
          let w_o = w[row_o + k];
          for (var r = 0u; r < ROWS; r++) {
            sum[r] = add_fours(sum[r], w_i, w_f, w_g, w_o, state[r * H4 + k + part]);
          }
        }
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      partial[slot(r * H + j, part)] = sum[r];
    }
  }
}
