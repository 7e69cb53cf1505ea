// The vendor's Go module in a small program: walk the list, and get the latest. It cannot get an event of our time: it
// writes `t` with an exponent. It checks nothing itself: what makes it fail is the module's doing. Run under scenarios by
// `benchmarks/clients_assume.py`.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/cloudflare/cloudflare-go/v6/magic_transit"
	"github.com/cloudflare/cloudflare-go/v6/option"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	account, connector := os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Getenv("MCONN_CONNECTOR_ID")
	service := magic_transit.NewConnectorEventService(
		option.WithBaseURL(os.Getenv("CLOUDFLARE_BASE_URL")+"/"),
		option.WithAPIToken(os.Getenv("CLOUDFLARE_API_TOKEN")),
	)
	ctx := context.Background()
	// Not cloudflare.F: its package takes minutes to compile.
	var list magic_transit.ConnectorEventListParams
	list.AccountID.Value, list.AccountID.Present = account, true
	list.From.Present = true
	list.To.Value, list.To.Present = 2_000_000_000, true
	list.Limit.Value, list.Limit.Present = 100, true
	var newest magic_transit.ConnectorEventLatestListParams
	newest.AccountID.Value, newest.AccountID.Present = account, true

	listed := 0
	for {
		page, err := service.List(ctx, connector, list)
		if err != nil {
			return err
		}
		listed += len(page.Items)
		if page.Cursor == "" {
			break
		}
		list.Cursor.Value, list.Cursor.Present = page.Cursor, true
	}
	latest, err := service.Latest.List(ctx, connector, newest)
	if err != nil {
		return err
	}
	fmt.Println(listed, len(latest.Items))
	return nil
}
