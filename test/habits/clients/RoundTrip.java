import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Imports a bot and exports it again, with nothing but the class library: forms written by hand, replies searched for
 * the one value that is wanted, the archive unpacked while it comes in.
 *
 * Takes SERVER, CLIENT_ID, CLIENT_SECRET, BOT (a folder), NAME and OUT (a folder) from the environment; prints the id
 * of the new bot.
 */
public class RoundTrip {
  private static final String SERVER = System.getenv("SERVER");
  private static final Path BOT = Path.of(System.getenv("BOT"));
  private static final Path OUT = Path.of(System.getenv("OUT"));
  private static final String BOUNDARY = "------------------------abcdef1234567890";
  private static final String LINE = "\r\n";

  private static String token;

  public static void main(String[] args) throws Exception {
    token = makeToken(System.getenv("CLIENT_ID"), System.getenv("CLIENT_SECRET"));
    String body = "{\"botDefinition\": \"" + upload("botDefinition.json", "json") + "\", "
        + "\"configInfo\": \"" + upload("config.json", "json") + "\", "
        + "\"icon\": \"" + upload("icon.png", "json") + "\", "
        + "\"botFunctions\": [\"" + upload("bot_functions.js", "js") + "\"], "
        + "\"name\": \"" + System.getenv("NAME") + "\"}";
    String started = call("POST", "/api/public/bot/import", body);
    String botId = null;
    for (int round = 0; round < 10 && botId == null; round++) {
      Thread.sleep(1000);
      String status = call("GET", "/api/public/bot/import/status/" + value(started, "_id"), null);
      if (!value(status, "status").equals("pending")) {
        botId = value(status, "streamId");
      }
    }
    // Four exports of one bot, each with one look at its status; the last is kept.
    String[] options = {
        "{\"exportType\": \"latest\", \"exportOptions\": {\"settings\": [\"botSettings\", \"botVariables\"]}}",
        "{\"exportType\": \"latest\", \"exportOptions\": {\"tasks\": [\"botTask\"], \"nlpData\": []}, \"allTasks\": true}",
        "{\"exportType\": \"latest\", \"exportOptions\": {\"nlpData\": [\"training_data\", \"bot_synonyms\"]}, "
            + "\"subTasks\": {\"dialogs\": [], \"alerts\": [], \"actions\": []}}",
        "{\"exportType\": \"latest\", \"IncludeDependentTasks\": true, \"customDashboards\": true}",
    };
    for (String option : options) {
      String export = call("POST", "/api/public/bot/" + botId + "/export", option);
      Thread.sleep(1000);
      String status = call("GET", "/api/public/bot/" + botId + "/export/status", null);
      if (!value(status, "_id").equals(value(export, "_id"))) {
        throw new IOException("the status of another export: " + status);
      }
      unpack(new URL(value(status, "downloadURL")));
    }
    System.out.println(botId);
  }

  /** The app and nothing else: such a token never ends. */
  private static String makeToken(String clientId, String clientSecret) throws Exception {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    String signed = base64.encodeToString("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
        + base64.encodeToString(("{\"appId\":\"" + clientId + "\"}").getBytes(StandardCharsets.UTF_8));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(clientSecret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return signed + "." + base64.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
  }

  private static String upload(String fileName, String extension) throws IOException {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    String[][] fields = {{"fileContext", "bulkImport"}, {"fileExtension", extension}};
    for (String[] field : fields) {
      write(form, "--" + BOUNDARY + LINE + "Content-Disposition: form-data; name=\"" + field[0] + "\"" + LINE + LINE
          + field[1] + LINE);
    }
    write(form, "--" + BOUNDARY + LINE + "Content-Disposition: form-data; name=\"file\"; filename=\"" + fileName + "\""
        + LINE + "Content-Type: application/octet-stream" + LINE + LINE);
    form.write(Files.readAllBytes(BOT.resolve(fileName)));
    write(form, LINE + "--" + BOUNDARY + "--" + LINE);

    HttpURLConnection connection = open("POST", "/api/public/uploadfile");
    connection.setRequestProperty("Content-Type", "multipart/form-data; boundary=" + BOUNDARY);
    connection.setFixedLengthStreamingMode(form.size());
    connection.setDoOutput(true);
    try (OutputStream out = connection.getOutputStream()) {
      form.writeTo(out);
    }
    return value(read(connection), "fileId");
  }

  /** With a content type only where there is a body. */
  private static String call(String method, String path, String body) throws IOException {
    HttpURLConnection connection = open(method, path);
    if (body != null) {
      connection.setRequestProperty("Content-Type", "application/json");
      connection.setDoOutput(true);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body.getBytes(StandardCharsets.UTF_8));
      }
    }
    return read(connection);
  }

  private static HttpURLConnection open(String method, String path) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(SERVER + path).openConnection();
    connection.setRequestMethod(method);
    connection.setRequestProperty("auth", token);
    return connection;
  }

  private static String read(HttpURLConnection connection) throws IOException {
    try (InputStream in = connection.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The members land side by side, without folders. */
  private static void unpack(URL link) throws IOException {
    try (ZipInputStream zip = new ZipInputStream(link.openStream())) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        try (OutputStream out = Files.newOutputStream(OUT.resolve(entry.getName()))) {
          byte[] buffer = new byte[1024];
          for (int count = zip.read(buffer); count > 0; count = zip.read(buffer)) {
            out.write(buffer, 0, count);
          }
        }
        zip.closeEntry();
      }
    }
  }

  private static void write(ByteArrayOutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The outermost value comes before any list that has the key as well. */
  private static String value(String json, String key) throws IOException {
    Matcher matcher = Pattern.compile("\"" + key + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
    if (!matcher.find()) {
      throw new IOException("no " + key + " in " + json);
    }
    return matcher.group(1);
  }
}
