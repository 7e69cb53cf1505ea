//go:build !flat

package main

import (
	"fmt"

	events "codegen/oapi_codegen/generated"
)

// The type of the union's member.
func kind(event events.Event) (string, error) {
	member, err := event.ValueByDiscriminator()
	return fmt.Sprintf("%T", member), err
}
