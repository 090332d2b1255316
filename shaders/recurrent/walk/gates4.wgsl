// The four gates of an LSTM in the products with w_hh: i f g o.
alias G = vec4f; // a number of each gate
const BANKED = 8u; // numbers of type G that the banks of workgroup memory hold beside each other

// Where a unit's rows of w_hh start, one for each gate. The stride between them is not a constant: four addresses, and
// what is constant is added in the load.
struct GateRows {
  i: u32,
  f: u32,
  g: u32,
  o: u32,
}

// A vec4 of each.
struct GateFours {
  i: vec4f,
  f: vec4f,
  g: vec4f,
  o: vec4f,
}

fn gate_rows(first: u32) -> GateRows {
  let f = first + params.w_gate;
  let g = f + params.w_gate;
  return GateRows(first, f, g, g + params.w_gate);
}

fn gate_fours(row: GateRows, at: u32) -> GateFours {
  return GateFours(w[row.i + at], w[row.f + at], w[row.g + at], w[row.o + at]);
}

// Four steps of k for the gates of one unit.
fn add_fours(before: G, rows: GateFours, h: vec4f) -> G {
  var sum = before;
  sum += vec4f(rows.i.x, rows.f.x, rows.g.x, rows.o.x) * h.x;
  sum += vec4f(rows.i.y, rows.f.y, rows.g.y, rows.o.y) * h.y;
  sum += vec4f(rows.i.z, rows.f.z, rows.g.z, rows.o.z) * h.z;
  sum += vec4f(rows.i.w, rows.f.w, rows.g.w, rows.o.w) * h.w;
  return sum;
}

// Four units of w_hhᵀ d, for one unit's d.
fn add_gates(before: vec4f, rows: GateFours, d: G) -> vec4f {
  var sum = before;
  sum += rows.i * d.x;
  sum += rows.f * d.y;
  sum += rows.g * d.z;
  sum += rows.o * d.w;
  return sum;
}
