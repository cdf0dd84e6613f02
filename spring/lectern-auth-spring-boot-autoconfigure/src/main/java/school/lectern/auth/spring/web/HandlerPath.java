package school.lectern.auth.spring.web;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import school.lectern.auth.http.RouteRules;

/**
 * Finds requests whose path reaches a handler in another spelling than a rule's: a handler mapping may ignore case and a slash
 * at the end, and rules do not. The rules would leave such a request to Spring Security, whose matchers compare like the rules.
 */
public final class HandlerPath {

    private static final Pattern SEPARATOR = Pattern.compile("/");

    private HandlerPath() {}

    /**
     * {@return whether rules guard the path in the spelling of the handler's pattern, and do not name it in the request's}
     *
     * @param rules the rules
     * @param method the method of the request
     * @param before the part of the path before the one that the pattern describes; may be empty
     * @param path the path that the pattern matches, decoded
     * @param pattern the pattern of the handler
     */
    public static boolean evadesRule(RouteRules rules, String method, String before, String path, String pattern) {
        String spelled = spelledLike(pattern, path);
        return !spelled.equals(path) && rules.guards(method, before + spelled) && !rules.names(method, before + path);
    }

    /** Returns the path with the literal segments of the pattern, and with a slash at its end only if the pattern has one. */
    static String spelledLike(String pattern, String path) {
        List<String> spelled = new ArrayList<>(List.of(SEPARATOR.split(path, -1)));
        String[] wanted = SEPARATOR.split(pattern, -1);
        for (int i = 0; i < wanted.length && i < spelled.size(); i++) {
            if (wanted[i].startsWith("**") || wanted[i].startsWith("{*")) {
                return String.join("/", spelled);
            }
            if (wanted[i].equalsIgnoreCase(spelled.get(i))) {
                spelled.set(i, wanted[i]);
            }
        }
        int last = spelled.size() - 1;
        if (last == wanted.length && spelled.get(last).isEmpty()) {
            spelled.remove(last);
        }
        return String.join("/", spelled);
    }
}
