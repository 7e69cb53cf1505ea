package program;

import com.google.gson.annotations.SerializedName;
import java.util.List;

/** What a program is given. */
public final class Task {
  public String url;
  public String token;

  @SerializedName("account_id")
  public String account;

  @SerializedName("connector_id")
  public String connector;

  public long from;
  public long to;
  public long limit;
  Key absent;
  List<Sample> samples;

  /** What identifies an event. */
  public record Key(long t, long n) {}

  record Sample(String id, String model, String text) {}
}
