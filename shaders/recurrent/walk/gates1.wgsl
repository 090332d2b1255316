// The one sum of a plain recurrent layer in the products with w_hh, as recurrent/walk/gates4.wgsl.
alias G = f32;
const BANKED = 32u;

struct GateRows {
  first: u32,
}

struct GateFours {
  own: vec4f,
}

fn gate_rows(first: u32) -> GateRows {
  return GateRows(first);
}

fn gate_fours(row: GateRows, at: u32) -> GateFours {
  return GateFours(w[row.first + at]);
}

fn add_fours(before: G, rows: GateFours, h: vec4f) -> G {
  return before + rows.own.x * h.x + rows.own.y * h.y + rows.own.z * h.z + rows.own.w * h.w;
}

fn add_gates(before: vec4f, rows: GateFours, d: G) -> vec4f {
  return before + rows.own * d;
}
