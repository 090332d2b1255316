// The three gates of a GRU in the products with w_hh, as recurrent/walk/gates4.wgsl: r z n, the last of which is q, the
// product before the reset gate acts.
alias G = vec3f; // takes the room of a vec4f
const BANKED = 8u;

struct GateRows {
  r: u32,
  z: u32,
  n: u32,
}

struct GateFours {
  r: vec4f,
  z: vec4f,
  n: vec4f,
}

fn gate_rows(first: u32) -> GateRows {
  let z = first + params.w_gate;
  return GateRows(first, z, z + params.w_gate);
}

fn gate_fours(row: GateRows, at: u32) -> GateFours {
  return GateFours(w[row.r + at], w[row.z + at], w[row.n + at]);
}

fn add_fours(before: G, rows: GateFours, h: vec4f) -> G {
  var sum = before;
  sum += vec3f(rows.r.x, rows.z.x, rows.n.x) * h.x;
  sum += vec3f(rows.r.y, rows.z.y, rows.n.y) * h.y;
  sum += vec3f(rows.r.z, rows.z.z, rows.n.z) * h.z;
  sum += vec3f(rows.r.w, rows.z.w, rows.n.w) * h.w;
  return sum;
}

fn add_gates(before: vec4f, rows: GateFours, d: G) -> vec4f {
  var sum = before;
  sum += rows.r * d.x;
  sum += rows.z * d.y;
  sum += rows.n * d.z;
  return sum;
}
