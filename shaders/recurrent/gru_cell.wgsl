// The cell of a GRU (Cho et al. 2014, with torch.nn.GRU's order of things: the reset gate acts after the product with
// w_hn):
//   r, z = sigmoid(…)   q = w_hn h_prev + b_hn   n = tanh(w_in x + b_in + r * q)   h = (1 - z) * n + z * h_prev
struct Cell {
  r: V,
  z: V,
  n: V,
  h: V,
}

// What goes into the gates r and z; w_in x + b_in, q, and the h before this step.
fn cell(z_r: V, z_z: V, x_n: V, q: V, h_prev: V) -> Cell {
  let r = sigmoid(z_r);
  let z = sigmoid(z_z);
  let n = bounded_tanh(x_n + r * q);
  return Cell(r, z, n, (V(1) - z) * n + z * h_prev);
}

struct CellGradient {
  dr: V, // with respect to what goes into the gate's sigmoid or tanh
  dz: V,
  dn: V,
  dq: V,
  dh_prev: V, // without what comes through the gates
}

fn cell_backward(dh: V, r: V, z: V, n: V, q: V, h_prev: V) -> CellGradient {
  let dn = dh * (V(1) - z) * (V(1) - n * n);
  return CellGradient(
    dn * q * r * (V(1) - r),
    dh * (h_prev - n) * z * (V(1) - z),
    dn,
    dn * r,
    dh * z,
  );
}
