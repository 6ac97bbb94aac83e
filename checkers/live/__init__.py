"""The real cluster behind a World: API, probe Pods and watches."""
