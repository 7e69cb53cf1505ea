//go:build flat

package main

import events "codegen/oapi_codegen/generated"

// The kind, where the document's event is one object.
func kind(event events.Event) (string, error) {
	if !event.K.Valid() {
		return "unknown " + string(event.K), nil
	}
	return string(event.K), nil
}
