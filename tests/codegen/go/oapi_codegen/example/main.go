package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	events "codegen/oapi_codegen/generated"
)

func main() {
	client, _ := events.NewClientWithResponses("https://api.cloudflare.com/client/v4", events.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+os.Getenv("CLOUDFLARE_API_TOKEN"))
			return nil
		}))
	answer, err := client.GetLatestEventsWithResponse(context.Background(), os.Getenv("ACCOUNT_ID"), os.Getenv("CONNECTOR_ID"))
	if err != nil || answer.JSON200 == nil {
		panic(fmt.Sprint(err, answer))
	}
	for _, event := range answer.JSON200.Result.Items {
		kind, _ := event.E.ValueByDiscriminator() // an error for a kind that the document does not know
		fmt.Printf("%d %T\n", event.T, kind)
	}
}
