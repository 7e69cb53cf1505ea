// ogen: the client that it generates, in generated/.
package main

import (
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/ogen-go/ogen/ogenerrors"

	events "codegen/ogen/generated"
	"codegen/program"
)

type client struct {
	api  *events.Client
	task program.Task
}

// security knows the token only; ogen then leaves the other way to authenticate alone.
type security struct{ token string }

func (s security) APIToken(context.Context, events.OperationName) (events.APIToken, error) {
	return events.APIToken{Token: s.token}, nil
}

func (security) APIEmail(context.Context, events.OperationName) (events.APIEmail, error) {
	return events.APIEmail{}, ogenerrors.ErrSkipClientSecurity
}

func (security) APIKey(context.Context, events.OperationName) (events.APIKey, error) {
	return events.APIKey{}, ogenerrors.ErrSkipClientSecurity
}

func connect(task program.Task) (program.Client, error) {
	api, err := events.NewClient(task.URL, security{task.Token})
	return &client{api, task}, err
}

func (c *client) New(model string) any {
	return map[string]any{
		"EventListEnvelope":  &events.EventListEnvelope{},
		"LatestListEnvelope": &events.LatestListEnvelope{},
		"EventGetEnvelope":   &events.EventGetEnvelope{},
		"EventListResponse":  &events.EventListResponse{},
		"LatestListResponse": &events.LatestListResponse{},
		"EventGetResponse":   &events.EventGetResponse{},
		"ApiErrorResponse":   &events.ApiErrorResponse{},
	}[model]
}

func (c *client) Types(value any) ([]string, error) {
	var recorded []events.EventGetResponse
	switch value := value.(type) {
	case *events.LatestListEnvelope:
		recorded = value.Result.Items
	case *events.LatestListResponse:
		recorded = value.Items
	case *events.EventGetEnvelope:
		recorded = []events.EventGetResponse{value.Result}
	case *events.EventGetResponse:
		recorded = []events.EventGetResponse{*value}
	}
	var types []string
	for _, each := range recorded {
		// The union is a struct with a field for each member; `Type` tells which one counts.
		member := reflect.ValueOf(each.E).FieldByName(string(each.E.Type) + "Event")
		if !member.IsValid() {
			return nil, fmt.Errorf("no member for %q", each.E.Type)
		}
		types = append(types, member.Type().Name())
	}
	return types, nil
}

func (c *client) List(cursor string) (any, []program.Key, string, error) {
	params := events.ListEventsParams{
		AccountID:   c.task.Account,
		ConnectorID: c.task.Connector,
		From:        c.task.From,
		To:          c.task.To,
		Limit:       events.NewOptInt64(c.task.Limit),
	}
	if cursor != "" {
		params.Cursor = events.NewOptString(cursor)
	}
	response, err := c.api.ListEvents(context.Background(), params)
	if err != nil {
		return nil, nil, "", err
	}
	page, ok := response.(*events.EventPageHeaders)
	if !ok {
		return nil, nil, "", fmt.Errorf("list: %T", response)
	}
	result := page.Response.Result
	var keys []program.Key
	for _, item := range result.Items {
		keys = append(keys, program.Key{T: item.T, N: item.N})
	}
	return &result, keys, result.Cursor.Or(""), nil
}

func (c *client) Latest() (any, error) {
	params := events.GetLatestEventsParams{AccountID: c.task.Account, ConnectorID: c.task.Connector}
	response, err := c.api.GetLatestEvents(context.Background(), params)
	if err != nil {
		return nil, err
	}
	latest, ok := response.(*events.LatestEventsHeaders)
	if !ok {
		return nil, fmt.Errorf("latest: %T", response)
	}
	return &latest.Response.Result, nil
}

func (c *client) Get(key program.Key) (any, error) {
	params := events.GetEventParams{AccountID: c.task.Account, ConnectorID: c.task.Connector, EventT: key.T, EventN: key.N}
	response, err := c.api.GetEvent(context.Background(), params)
	if err != nil {
		return nil, err
	}
	switch response := response.(type) {
	case *events.RecordedEventHeaders:
		return &response.Response.Result, nil
	case *events.NotFoundHeaders:
		return nil, &program.Failure{Status: http.StatusNotFound, Model: &response.Response}
	default:
		return nil, fmt.Errorf("get: %T", response)
	}
}

func main() { program.Run(connect) }
