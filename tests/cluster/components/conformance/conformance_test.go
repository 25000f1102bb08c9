// The official Gateway API conformance suite as a test binary; tests/conformance/run gives it its flags.
package conformance

import (
	"testing"

	"sigs.k8s.io/gateway-api/conformance"
)

func TestConformance(t *testing.T) { conformance.RunConformance(t) }
