package school.lectern.auth.jdbc;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Stores a map of texts in one column, encoded like an HTML form: {@code a=1&b=2}, with other characters percent-encoded. */
final class FormEncodedMap {

    private FormEncodedMap() {}

    static @Nullable String write(Map<String, String> map) {
        return map.isEmpty()
                ? null
                : new TreeMap<>(map)
                        .entrySet().stream()
                                .map(entry -> encode(entry.getKey()) + '=' + encode(entry.getValue()))
                                .collect(Collectors.joining("&"));
    }

    /** @throws IllegalArgumentException if the text was not written by {@link #write} */
    static Map<String, String> read(@Nullable String text) {
        if (text == null) {
            return Map.of();
        }
        Map<String, String> map = new LinkedHashMap<>();
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("not a list of name=value");
            }
            map.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
        }
        return map;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
