"""Intel's OpenVINO as an optional engine: the ONNX files of `docpipe.runtime.ort`, its predictors, another network."""
