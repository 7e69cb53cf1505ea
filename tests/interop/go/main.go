// The vendor's Go module: list, get each listed event, latest, and an event that is not there.
// Reads where the server is from the environment, and writes what it saw as one JSON line.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"

	"github.com/cloudflare/cloudflare-go/v6/magic_transit"
	"github.com/cloudflare/cloudflare-go/v6/option"
)

type event struct {
	T       float64 `json:"t"`
	N       float64 `json:"n"`
	Kind    string  `json:"kind"`
	Version string  `json:"version"`
	Type    string  `json:"type"`
	Raw     string  `json:"raw"`
}

type refusal struct {
	Status int     `json:"status"`
	Codes  []int64 `json:"codes"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	url, account, connector := os.Getenv("MCONN_URL"), os.Getenv("MCONN_ACCOUNT"), os.Getenv("MCONN_CONNECTOR")
	end, err := strconv.ParseFloat(os.Getenv("MCONN_END"), 64)
	if err != nil {
		return err
	}
	requests := []string{}
	service := magic_transit.NewConnectorEventService(
		option.WithBaseURL(url+"/"),
		option.WithAPIToken(os.Getenv("MCONN_TOKEN")),
		option.WithMaxRetries(0),
		option.WithMiddleware(func(request *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			requests = append(requests, request.URL.String()[len(url):])
			return next(request)
		}),
	)
	ctx := context.Background()
	// Not cloudflare.F: its package takes minutes to compile.
	var list magic_transit.ConnectorEventListParams
	list.AccountID.Value, list.AccountID.Present = account, true
	list.From.Present = true
	list.To.Value, list.To.Present = end, true
	list.Limit.Value, list.Limit.Present = 100, true
	var one magic_transit.ConnectorEventGetParams
	one.AccountID.Value, one.AccountID.Present = account, true
	var newest magic_transit.ConnectorEventLatestListParams
	newest.AccountID.Value, newest.AccountID.Present = account, true

	page, err := service.List(ctx, connector, list)
	if err != nil {
		return err
	}
	got, refused := []event{}, []refusal{}
	get := func(t, n float64) error {
		found, err := service.Get(ctx, connector, t, n, one)
		var failure *magic_transit.Error
		if errors.As(err, &failure) {
			answer := refusal{Status: failure.StatusCode}
			for _, each := range failure.Errors {
				answer.Codes = append(answer.Codes, each.Code)
			}
			refused = append(refused, answer)
			return nil
		}
		if err != nil {
			return err
		}
		got = append(got, event{found.T, found.N, string(found.E.K), found.V, fmt.Sprintf("%T", found.E.AsUnion()), found.JSON.RawJSON()})
		return nil
	}
	for _, item := range page.Items {
		if err := get(item.T, item.N); err != nil {
			return err
		}
	}
	if err := get(1, 1); err != nil {
		return err
	}
	latest, err := service.Latest.List(ctx, connector, newest)
	if err != nil {
		return err
	}
	shown := []event{}
	for _, each := range latest.Items {
		shown = append(shown, event{each.T, each.N, string(each.E.K), each.V, fmt.Sprintf("%T", each.E.AsUnion()), each.JSON.RawJSON()})
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"requests": requests, "count": page.Count, "listed": len(page.Items), "got": got, "refused": refused, "latest": shown,
	})
}
