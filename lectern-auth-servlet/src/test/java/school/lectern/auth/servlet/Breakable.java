package school.lectern.auth.servlet;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before a part of the application, counts its calls, and breaks it on demand. */
final class Breakable<T> {

    final T part;
    final AtomicInteger calls = new AtomicInteger();
    private final Map<String, Object> instead;
    private volatile Throwable fault;
    private volatile int callsUntilFault;

    Breakable(Class<T> type, T real) {
        this(type, real, Map.of());
    }

    /** @param instead what some methods, by their names, return in place of what the real part does */
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

    /** From now on, every call throws. */
    void breakWith(Throwable thrown) {
        breakAfter(0, thrown);
    }

    /** So many more calls work; later ones throw. */
    void breakAfter(int working, Throwable thrown) {
        callsUntilFault = working;
        fault = thrown;
    }

    /** From now on, that method returns this. */
    void answerWith(String method, Object answer) {
        instead.put(method, answer);
    }

    void mend() {
        fault = null;
    }
}
