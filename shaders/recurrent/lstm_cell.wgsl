// The cell of an LSTM (Hochreiter and Schmidhuber 1997; with a forget gate, Gers 2000):
//   i, f, o = sigmoid(…)   g = tanh(…)   c = f * c_prev + i * g   h = o * tanh(c)
struct Cell {
  i: V,
  f: V,
  g: V,
  o: V,
  c: V,
  h: V,
}

// What goes into the gates, and the c before this step.
fn cell(z_i: V, z_f: V, z_g: V, z_o: V, c_prev: V) -> Cell {
  let i = sigmoid(z_i);
  let f = sigmoid(z_f);
  let g = bounded_tanh(z_g);
  let o = sigmoid(z_o);
  let c_new = f * c_prev + i * g;
  return Cell(i, f, g, o, c_new, o * bounded_tanh(c_new));
}

struct CellGradient {
  di: V, // with respect to what goes into the gate's sigmoid or tanh
  df: V,
  dg: V,
  do_: V,
  dc_prev: V,
}

// dh and dc: the gradients of this step's h and c, the latter without what comes through h.
fn cell_backward(dh: V, dc: V, i: V, f: V, g: V, o: V, c_prev: V, c: V) -> CellGradient {
  let tanh_c = bounded_tanh(c);
  let dc_all = dc + dh * o * (V(1) - tanh_c * tanh_c);
  return CellGradient(
    dc_all * g * i * (V(1) - i),
    dc_all * c_prev * f * (V(1) - f),
    dc_all * i * (V(1) - g * g),
    dh * tanh_c * o * (V(1) - o),
    dc_all * f,
  );
}
