// The cell of an LSTM (Hochreiter and Schmidhuber 1997; with a forget gate, Gers 2000):
//   i, f, o = sigmoid(…)   g = tanh(…)   c = f * c_prev + i * g   h = o * tanh(c)
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
