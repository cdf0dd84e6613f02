package school.lectern.auth.servlet;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A proxy for a part of the application that counts its calls and fails on demand. */
final class Breakable<T> {

    final T part;
    final AtomicInteger calls = new AtomicInteger();
    private final Map<String, Object> instead;
    private volatile Throwable fault;
    private volatile int callsUntilFault;

    Breakable(Class<T> type, T real) {
        this(type, real, Map.of());
    }

    /**
     * Creates a proxy.
     *
     * @param instead method name → the value to return in place of the real part's result
     */
    Breakable(Class<T> type, T real, Map<String, Object> instead) {
        this.instead = new ConcurrentHashMap<>(instead);
        this.part = type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    calls.incrementAndGet();
                    if (fault != null && callsUntilFault-- <= 0) {
                        throw fault;
                    }
                    if (this.instead.containsKey(method.getName())) {
                        return this.instead.get(method.getName());
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }

    /** Makes every call throw from now on. */
    void breakWith(Throwable thrown) {
        breakAfter(0, thrown);
    }

    /** Makes calls throw after the given number of further calls. */
    void breakAfter(int working, Throwable thrown) {
        callsUntilFault = working;
        fault = thrown;
    }

    /** Makes that method return this value from now on. */
    void answerWith(String method, Object answer) {
        instead.put(method, answer);
    }

    void mend() {
        fault = null;
    }
}
