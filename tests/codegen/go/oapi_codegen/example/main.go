package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	events "codegen/oapi_codegen/generated"
)

func main() {
	client, _ := events.NewClientWithResponses(os.Getenv("CLOUDFLARE_BASE_URL"), events.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+os.Getenv("CLOUDFLARE_API_TOKEN"))
			return nil
		}))
	account, connector := os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Getenv("MCONN_CONNECTOR_ID")
	answer, err := client.GetLatestEventsWithResponse(context.Background(), account, connector)
	if err != nil {
		log.Fatal(err)
	}
	if answer.JSON200 == nil {
		log.Fatal(answer.Status(), " ", string(answer.Body))
	}
	for _, event := range answer.JSON200.Result.Items {
		kind, _ := event.E.ValueByDiscriminator() // an error for a kind that the document does not know
		fmt.Printf("%d %T\n", event.T, kind)
	}
}
