"""docpipe's own predictors over ONNX graphs: what PaddleOCR's classes answer, without importing them."""
